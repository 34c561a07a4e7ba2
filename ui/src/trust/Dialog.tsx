import { Modal, type ModalProps } from "@mantine/core";

/** A dialog of these pages. Its head is no landmark: the page has one head already. */
export function Dialog({ children, ...props }: Omit<ModalProps, "opened">) {
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
