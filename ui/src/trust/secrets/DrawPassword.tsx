import { ActionIcon, Button, Checkbox, NumberInput, Popover, Tooltip } from "@mantine/core";
import { IconDice5 } from "@tabler/icons-react";
import { useState } from "react";
import { asProblem, type Problem } from "../../api/problem";
import { noticeSignOut } from "../../api/queries";
import { ProblemPanel } from "../../state/ProblemPanel";
import classes from "../trust.module.css";
import { vault } from "./api";
import { awkward } from "./value";

interface Props {
  onDrawn: (password: string) => void;
  /** a small button, with this name */
  icon?: boolean;
  label?: string;
}

/** Esc in here closes this and not the dialog around it, with all that was typed there. */
const own = { "data-mantine-stop-propagation": "true" };

/** Draws a password on the server, which keeps it nowhere; nor does this page, but in the field that it goes to. */
export function DrawPassword({ onDrawn, icon = false, label = "Draw…" }: Props) {
  const [open, setOpen] = useState(false);
  const [length, setLength] = useState(32);
  const [symbols, setSymbols] = useState(true);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const draw = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { password } = await vault.password({ length, exclude: awkward, noPunctuation: !symbols });
      onDrawn(password);
      setOpen(false);
    } catch (error) {
      noticeSignOut(error);
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const toggle = () => setOpen((now) => !now);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus withinPortal width={280}>
      <Popover.Target>
        {icon ? (
          <Tooltip label="Draw a password">
            <ActionIcon variant="subtle" color="gray" size="input-sm" aria-label={label} onClick={toggle}>
              <IconDice5 size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
        ) : (
          <Button variant="default" leftSection={<IconDice5 size={16} aria-hidden />} onClick={toggle}>
            {label}
          </Button>
        )}
      </Popover.Target>
      <Popover.Dropdown aria-label="Draw a password">
        <div className={classes.form} style={{ gap: 12 }}>
          <NumberInput
            {...own}
            label="Length"
            description="8 to 256 characters"
            min={8}
            max={256}
            clampBehavior="strict"
            allowDecimal={false}
            value={length}
            onChange={(value) => setLength(Number(value) || 32)}
          />
          <Checkbox
            {...own}
            label="With symbols"
            description="Without those that tools and URLs trip over."
            checked={symbols}
            onChange={(event) => setSymbols(event.currentTarget.checked)}
          />
          {problem && <ProblemPanel doing="managing" problem={problem} />}
          <Button {...own} size="xs" loading={busy} onClick={draw}>
            Draw a password
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
