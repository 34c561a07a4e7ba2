import { Radio } from "@mantine/core";
import { useState } from "react";
import type { SignInLink as Link } from "../../api/types";
import { formatTimestamp } from "../../format/format";
import { trust } from "../api";
import { FormDialog } from "../FormDialog";
import { Copyable, Once } from "../Once";
import classes from "../trust.module.css";
import { useChange } from "../useChange";

const lives = [
  { hours: 1, label: "an hour" },
  { hours: 24, label: "a day" },
  { hours: 168, label: "a week" },
];

interface Props {
  name: string;
  /** the user was made just now */
  fresh?: boolean;
  onClose: () => void;
}

/** Makes a link that signs a user in once, and shows it once. */
export function SignInLink({ name, fresh = false, onClose }: Props) {
  const [hours, setHours] = useState(24);
  const [made, setMade] = useState<Link>();
  const make = useChange({
    run: () => trust.createLink(name, hours),
    touches: [],
    done: (link: Link) => setMade(link),
  });
  if (made)
    return (
      <Once
        title={`Sign-in link for ${name}`}
        warning={
          <>
            <strong>The link is shown now and never again.</strong> Whoever opens it first is {name}: send it
            by a way that only {name} reads. Until {formatTimestamp(made.expiresAt)} it works, once.
          </>
        }
        doneLabel="I have kept the link"
        onDone={onClose}
      >
        <Copyable label="Sign-in link" value={`${window.location.origin}/signin#${made.token}`} />
        <p className={classes.note}>Once signed in, {name} sets a password under Account.</p>
      </Once>
    );
  return (
    <FormDialog
      title={fresh ? `${name} is there` : `New sign-in link for ${name}`}
      doLabel="Make the link"
      leaveLabel={fresh ? "Later" : "Cancel"}
      busy={make.busy}
      problem={make.problem}
      onSubmit={() => make.go()}
      onClose={onClose}
    >
      <p className={classes.note}>
        {fresh
          ? "There is no password yet. A one-time link lets the new user in, who then sets one."
          : "It signs the user in once, without the password, and leaves the password as it is. That it was made is on the audit log, with your name."}
      </p>
      <Radio.Group label="It works for" value={String(hours)} onChange={(value) => setHours(Number(value))}>
        <div className={classes.choices}>
          {lives.map((life) => (
            <Radio key={life.hours} value={String(life.hours)} label={life.label} />
          ))}
        </div>
      </Radio.Group>
    </FormDialog>
  );
}
