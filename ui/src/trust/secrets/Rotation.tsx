import { Button } from "@mantine/core";
import { IconCircleCheck, IconCircleDashed, IconCircleX, IconRefresh } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { RotationStep, Secret, SecretRotation } from "../../api/types";
import { sentence } from "../../format/words";
import { useMe } from "../../session/session";
import { ProblemPanel } from "../../state/ProblemPanel";
import { Card } from "../Card";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { When } from "../When";
import { pace, stepsQuery, vault } from "./api";
import { RotationForm } from "./RotationForm";
import { mayDo } from "./SecretPage";
import own from "./secrets.module.css";
import { mendFor, rotatorLabel, scheduleWords, stepOrder, stepsOf, stepWords, windowWords } from "./words";

/** How the value is replaced by itself, when next, and how the last time went. */
export function Rotation({ value: secret }: { value: Secret }) {
  const [planning, setPlanning] = useState(false);
  const { rotation } = secret;
  const mayRotate = mayDo(secret, "RotateSecret") && secret.state !== "empty";
  const touches = [["secret", secret.name], ["secrets"]];
  const rotate = useChange({ run: () => vault.rotate(secret.name), touches });
  const end = useChange({
    run: () => vault.endRotation(secret.name),
    touches,
    said: `${secret.name} is no longer rotated by itself.`,
  });
  useFollowed(secret);
  const problem = rotate.problem ?? end.problem;
  const rotating = secret.state === "rotating";
  return (
    <Card
      title="Rotation"
      actions={
        <>
          {rotation?.on && mayDo(secret, "CancelRotateSecret") && (
            <Button size="xs" variant="default" loading={end.busy} onClick={() => end.go()}>
              {rotating ? "Cancel" : "Stop rotating"}
            </Button>
          )}
          {mayRotate && !rotating && (
            <Button size="xs" variant="default" onClick={() => setPlanning(true)}>
              {rotation ? "Change…" : "Set up…"}
            </Button>
          )}
          {mayRotate && rotation && !rotating && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconRefresh size={14} aria-hidden />}
              loading={rotate.busy}
              onClick={() => rotate.go()}
            >
              {secret.state === "failed" ? "Try again now" : "Rotate now"}
            </Button>
          )}
        </>
      }
    >
      {problem && <ProblemPanel doing="managing" problem={problem} />}
      {!rotation ? (
        <p className={classes.note}>
          None. A database password can be replaced by itself: Signet draws a new one, gives it to the
          database, logs in with it, and makes it the current value.
        </p>
      ) : (
        <>
          <Facts rotation={rotation} />
          {(rotating || secret.state === "failed" || rotation.rotatedAt) && (
            <Progress value={secret} rotation={rotation} />
          )}
        </>
      )}
      {planning && <RotationForm value={secret} onClose={() => setPlanning(false)} />}
    </Card>
  );
}

/** When a rotation has ended, everything else about the secret is read anew too. */
function useFollowed({ name, state }: Secret) {
  const client = useQueryClient();
  const before = useRef(state);
  useEffect(() => {
    if (before.current === "rotating" && state !== "rotating") {
      client.invalidateQueries({ queryKey: ["secret", name] });
      client.invalidateQueries({ queryKey: ["secrets"] });
    }
    before.current = state;
  }, [client, name, state]);
}

function Facts({ rotation }: { rotation: SecretRotation }) {
  return (
    <dl className={classes.facts}>
      <dt>By itself</dt>
      <dd>{rotation.on ? scheduleWords(rotation.schedule) : "no"}</dd>
      {rotation.on && rotation.schedule && (
        <>
          <dt>Window</dt>
          <dd>{windowWords(rotation.window)}</dd>
        </>
      )}
      {rotation.on && rotation.opensAt && (
        <>
          <dt>Next</dt>
          <dd>
            <When at={rotation.opensAt} />
            {rotation.closesAt && (
              <span className={classes.quiet}>
                {" "}
                to <When at={rotation.closesAt} />
              </span>
            )}
          </dd>
        </>
      )}
      <dt>How</dt>
      <dd title={rotation.rotator}>{rotatorLabel(rotation.rotator)}</dd>
      <dt>Last</dt>
      <dd>
        {rotation.rotatedAt ? <When at={rotation.rotatedAt} /> : <span className={classes.quiet}>never</span>}
      </dd>
    </dl>
  );
}

/** The steps of the rotation at hand, or of the last one; why one failed, and what to do. */
function Progress({ value: secret, rotation }: { value: Secret; rotation: SecretRotation }) {
  const { may } = useMe();
  const rotating = secret.state === "rotating";
  const failed = secret.state === "failed";
  const { data } = useQuery({
    ...stepsQuery(secret.name),
    enabled: may.audit,
    refetchInterval: pace(secret),
  });
  const steps = stepsOf(data ?? [], rotating || failed ? rotation.pending : undefined);
  const wrong = failed ? steps.find((step) => step.result !== "ok") : undefined;
  return (
    <div className={own.value}>
      <div role="status" aria-live="polite">
        {rotating && "Being rotated now. Leaving this page does not stop it."}
        {failed && (
          <div className={classes.verdict}>
            <IconCircleX size={18} aria-hidden className={classes.failure} />
            <div>
              <strong>
                {rotation.failures === 1
                  ? "The rotation failed"
                  : `The rotation failed ${rotation.failures} times`}
              </strong>
              {wrong && (
                <div>{sentence(`${stepWords(wrong.step)}: ${wrong.reason || "an error on the server"}`)}</div>
              )}
              <div>{mendFor(wrong?.reason ?? "")}</div>
              <div className={classes.quiet}>
                {rotation.retryAt && (
                  <>
                    It is tried again by itself at <When at={rotation.retryAt} />.
                  </>
                )}
              </div>
            </div>
          </div>
        )}
      </div>
      {may.audit && (steps.length > 0 || rotating) && <Steps taken={steps} rotating={rotating} />}
    </div>
  );
}

function Steps({ taken, rotating }: { taken: RotationStep[]; rotating: boolean }) {
  const rows = stepOrder.map((name) => ({ name, done: taken.find((step) => step.step === name) }));
  const shown = rotating ? rows : rows.filter((row) => row.done);
  return (
    <ol className={own.steps} aria-label="Steps of the rotation">
      {shown.map(({ name, done }) => {
        const ok = done?.result === "ok";
        const Icon = !done ? IconCircleDashed : ok ? IconCircleCheck : IconCircleX;
        const tone = !done ? classes.quiet : ok ? classes.good : classes.failure;
        return (
          <li key={name}>
            <Icon size={15} aria-hidden className={tone} />
            <span>
              {stepWords(name)}
              {done && (
                <span className={classes.quiet}>
                  {" "}
                  {ok ? "done" : "failed"}, <When at={done.at} />
                </span>
              )}
              {!done && <span className={classes.quiet}> to come</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
