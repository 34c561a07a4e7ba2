import { Kbd, Modal } from "@mantine/core";
import { useEffect, useState } from "react";
import classes from "./frame.module.css";

const groups: { title: string; keys: [string, string][] }[] = [
  {
    title: "Everywhere",
    keys: [
      ["Ctrl K", "Search dashboards and commands"],
      ["?", "This sheet"],
      ["Esc", "Leave a form, a drawer or a menu"],
    ],
  },
  {
    title: "Dashboard",
    keys: [
      ["/", "Go to the first filter"],
      ["r", "Fetch everything again"],
    ],
  },
  {
    title: "Table",
    keys: [
      ["↑ ↓ ← →", "Move; Page Up, Page Down, Home and End go further"],
      ["Enter", "On a header: sort. On the last column: open the action"],
      ["Space", "Mark the row"],
      ["Ctrl C", "Copy the marked rows, or the cell, as tab-separated text"],
    ],
  },
  {
    title: "Form",
    keys: [
      ["Enter", "Submit"],
      ["Ctrl Enter", "Submit from a long text"],
    ],
  },
];

const opener = new EventTarget();

export function openShortcuts() {
  opener.dispatchEvent(new Event("open"));
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

export function Shortcuts() {
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    const open = () => setOpened(true);
    const press = (event: KeyboardEvent) => {
      if (event.key === "?" && !isTyping(event.target)) open();
    };
    opener.addEventListener("open", open);
    window.addEventListener("keydown", press);
    return () => {
      opener.removeEventListener("open", open);
      window.removeEventListener("keydown", press);
    };
  }, []);
  return (
    <Modal
      opened={opened}
      onClose={() => setOpened(false)}
      title="Keyboard shortcuts"
      size={480}
      closeButtonProps={{ "aria-label": "Close" }}
      attributes={{ header: { role: "presentation" } }}
    >
      {groups.map((group) => (
        <section key={group.title} aria-label={group.title}>
          <h2 style={{ margin: "0 0 8px", fontSize: 13, fontWeight: 600 }}>{group.title}</h2>
          <dl className={classes.keys}>
            {group.keys.map(([keys, meaning]) => (
              <div key={keys} style={{ display: "contents" }}>
                <dt>
                  <Kbd size="xs">{keys}</Kbd>
                </dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Modal>
  );
}
