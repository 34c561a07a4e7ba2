import { notifications } from "@mantine/notifications";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { adviceFor } from "../api/advice";
import { asProblem } from "../api/problem";
import { signOut } from "../session/session";

/** Signs out; when the server cannot be told, the session is still there and the user must know. */
export function useLeave(): () => void {
  const navigate = useNavigate();
  return useCallback(() => {
    signOut().then(
      () => navigate({ to: "/signin" }),
      (error) => {
        const { title } = adviceFor(asProblem(error), "reading");
        notifications.show({
          color: "red",
          title: "You are still signed in",
          message: `${title}. Try again.`,
        });
      },
    );
  }, [navigate]);
}
