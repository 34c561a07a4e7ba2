import { Modal, type ModalProps } from "@mantine/core";
import { useEffect, useState } from "react";

/** A dialog of these pages. Its head is no landmark: the page has one head already. */
export function Dialog({ children, ...props }: Omit<ModalProps, "opened">) {
  useFocusBack();
  return (
    <Modal
      opened
      closeButtonProps={{ "aria-label": "Close" }}
      attributes={{ header: { role: "presentation" } }}
      styles={{ title: { fontWeight: 600, overflowWrap: "anywhere" } }}
      {...props}
    >
      {children}
    </Modal>
  );
}

/** Whoever leaves the dialog is where they were before: it is gone at once, so it cannot see to that itself. */
function useFocusBack() {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    },
    [before],
  );
}
