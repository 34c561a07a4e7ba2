import { Button } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import type { Key } from "../../api/types";
import { ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import { Card } from "../Card";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { When } from "../When";

/** When the key gets new material, and a way to give it some now. */
export function KeyRotation({
  value: key,
  rotation,
}: {
  value: Key;
  rotation: NonNullable<Key["rotation"]>;
}) {
  const touches = [["key", key.id], ["keys"]];
  const now = useChange({
    run: () => trust.rotateKey(key.id),
    touches,
    said: "The key has new material. What the old one encrypted still opens.",
  });
  const set = useChange({
    run: (days: number) => trust.setRotation(key.id, days),
    touches,
    said: (_, days) =>
      days > 0 ? "The key is rotated once a year." : "The key is no longer rotated by itself.",
  });
  const may = (operation: string) => key.state === "Enabled" && key.may.includes(operation);
  const problem = now.problem ?? set.problem;
  return (
    <Card
      title="Rotation"
      actions={
        <>
          {rotation.days === 0 && key.origin === "AWS_KMS" && may("EnableKeyRotation") && (
            <Button size="xs" variant="default" loading={set.busy} onClick={() => set.go(365)}>
              Rotate once a year
            </Button>
          )}
          {rotation.days > 0 && may("DisableKeyRotation") && (
            <Button size="xs" variant="default" loading={set.busy} onClick={() => set.go(0)}>
              Stop rotating
            </Button>
          )}
          {may("RotateKeyOnDemand") && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconRefresh size={14} aria-hidden />}
              loading={now.busy}
              onClick={() => now.go()}
            >
              Rotate now
            </Button>
          )}
        </>
      }
    >
      {problem && <ProblemPanel doing="managing" problem={problem} />}
      <dl className={classes.facts}>
        <dt>By itself</dt>
        <dd>{rotation.days === 0 ? "no" : `every ${rotation.days} days`}</dd>
        {rotation.next && (
          <>
            <dt>Next</dt>
            <dd>
              <When at={rotation.next} />
            </dd>
          </>
        )}
        {key.material && (
          <>
            <dt>Material</dt>
            <dd>
              <span className="mono" title={key.material}>
                {key.material.slice(0, 16)}…
              </span>
            </dd>
          </>
        )}
      </dl>
      <p className={classes.note}>Older material stays, for what it encrypted.</p>
    </Card>
  );
}
