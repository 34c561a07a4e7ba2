import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Secret, SecretVersion } from "../../api/types";
import { ProblemPanel } from "../../state/ProblemPanel";
import { most } from "../api";
import { Card } from "../Card";
import { Dialog } from "../Dialog";
import { Loaded } from "../Loaded";
import { type Column, Table } from "../Table";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { When } from "../When";
import { readAnew, vault, versionsQuery } from "./api";
import { mayDo } from "./SecretPage";
import { ReadDay } from "./SecretsPage";
import { Shown } from "./SecretValue";
import own from "./secrets.module.css";
import { useReveal } from "./useReveal";
import { shortVersion } from "./words";

const current = "AWSCURRENT";
const pending = "AWSPENDING";

type Move = { version: SecretVersion; stage: typeof current | typeof pending };

/** All values that are kept, newest first, and which of them counts. */
export function Versions({ value: secret }: { value: Secret }) {
  const client = useQueryClient();
  const query = useQuery(versionsQuery(secret.name));
  const [move, setMove] = useState<Move>();
  const { shown, busy, problem, reveal, hide } = useReveal(secret.name);
  const all = [...(query.data?.items ?? [])].reverse();
  const holder = all.find((one) => one.stages.includes(current))?.id;
  const mayMove = mayDo(secret, "UpdateSecretVersionStage") && secret.state !== "rotating";
  const show = async (version: string) => {
    await reveal(version);
    readAnew(client, secret.name);
  };
  const columns: Column<SecretVersion>[] = [
    {
      id: "version",
      header: "Version",
      cell: (version) => (
        <>
          <span className={`mono ${classes.whole}`} title={version.id}>
            {shortVersion(version.id)}
          </span>
          <Stages value={version} />
          <span className={`${classes.cellNote} ${classes.narrow}`}>
            <When at={version.createdAt} />
          </span>
        </>
      ),
    },
    {
      id: "made",
      header: "Stored",
      wide: true,
      cell: (version) => <When at={version.createdAt} />,
    },
    { id: "read", header: "Last read", wide: true, cell: (version) => <ReadDay at={version.readOn} /> },
    {
      id: "buttons",
      header: <span className={classes.quiet}>Actions</span>,
      number: true,
      cell: (version) => (
        <div className={classes.rowButtons} style={{ flexWrap: "wrap" }}>
          {mayDo(secret, "GetSecretValue") && version.id !== holder && (
            <Button
              size="compact-sm"
              variant="subtle"
              disabled={busy}
              aria-label={`Reveal version ${shortVersion(version.id)}`}
              onClick={() => show(version.id)}
            >
              Reveal
            </Button>
          )}
          {mayMove && version.id !== holder && !version.stages.includes(pending) && (
            <Button
              size="compact-sm"
              variant="subtle"
              aria-label={`Make current: version ${shortVersion(version.id)}`}
              onClick={() => setMove({ version, stage: current })}
            >
              Make current…
            </Button>
          )}
          {mayMove && version.stages.includes(pending) && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              aria-label={`Take AWSPENDING from version ${shortVersion(version.id)}`}
              onClick={() => setMove({ version, stage: pending })}
            >
              Take AWSPENDING…
            </Button>
          )}
        </div>
      ),
    },
  ];
  return (
    <Card title="Versions" flush={all.length > 0}>
      {(shown || problem) && (
        <div className={classes.cardBody}>
          {shown && <Shown value={shown.value} until={shown.until} onHide={hide} />}
          {problem && <ProblemPanel doing="managing" problem={problem} />}
        </div>
      )}
      <Loaded query={query}>
        {({ cut }) =>
          all.length === 0 ? (
            <p className={classes.note}>None. Each value that is stored becomes one.</p>
          ) : (
            <>
              <Table label="Versions" columns={columns} rows={all} rowId={(version) => version.id} />
              {cut && <p className={classes.note}>The first {most} are shown.</p>}
            </>
          )
        }
      </Loaded>
      {move && <MoveStage value={secret} move={move} holder={holder} onClose={() => setMove(undefined)} />}
    </Card>
  );
}

function Stages({ value: version }: { value: SecretVersion }) {
  if (version.stages.length === 0) return <span className={classes.cellNote}>no stage</span>;
  return (
    <div className={own.stages}>
      {version.stages.map((stage) => (
        <span key={stage} className={own.stage} data-stage={stage}>
          {stage}
        </span>
      ))}
    </div>
  );
}

interface MoveProps {
  value: Secret;
  move: Move;
  holder: string | undefined;
  onClose: () => void;
}

/** Says what the move means before it is made. When somebody else has moved the stage meanwhile, it is refused. */
function MoveStage({ value: secret, move: { version, stage }, holder, onClose }: MoveProps) {
  const back = stage === current;
  const name = shortVersion(version.id);
  const change = useChange({
    run: () =>
      back
        ? vault.moveStage(secret.name, stage, holder, version.id)
        : vault.moveStage(secret.name, stage, version.id, undefined),
    touches: [["secret", secret.name], ["secrets"]],
    said: back
      ? `Version ${name} is the current one, from the next reading on.`
      : "The rotation that was not finished is put aside.",
    done: onClose,
  });
  return (
    <Dialog
      onClose={onClose}
      title={back ? `Make version ${name} current` : `Take AWSPENDING from version ${name}`}
    >
      <div className={classes.form}>
        {back ? (
          <div>
            <p style={{ margin: "0 0 8px" }}>From the next reading on:</p>
            <ul className={classes.list}>
              <li>
                whoever reads {secret.name} gets the value that was stored <When at={version.createdAt} ago />
              </li>
              {holder && <li>the version that is current now becomes AWSPREVIOUS, and can be taken back</li>}
              {(secret.sources ?? []).map((source) => (
                <li key={source.id}>
                  the source <strong>{source.title || source.id}</strong> logs in with it
                </li>
              ))}
            </ul>
          </div>
        ) : (
          <p className={classes.note}>
            The version stays, without a stage, and the next rotation begins anew from the current value. If
            the database has taken the new password already, the current value does not log in any more: then
            make this version current instead, after this.
          </p>
        )}
        {back && (
          <p className={classes.note}>
            Nothing is changed where the value opens something: a password that a rotation has replaced does
            not work any more.
          </p>
        )}
        {change.problem && <ProblemPanel doing="managing" problem={change.problem} />}
        <div className={classes.buttons}>
          <Button data-autofocus loading={change.busy} onClick={() => change.go()}>
            {back ? "Make it current" : "Take AWSPENDING away"}
          </Button>
          <Button variant="default" onClick={onClose}>
            Leave it as it is
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
