import { themeQuartz } from "ag-grid-community";

/** The grid speaks in the app's own variables, so that both colour schemes are decided in one place. */
export const gridTheme = themeQuartz.withParams({
  fontFamily: "inherit",
  fontSize: 14,
  headerFontSize: 13,
  headerFontWeight: 600,
  headerHeight: 34,
  // Only an upper bound: the grid sets the true height of its rows by density.
  rowHeight: 64,
  spacing: 6,
  cellHorizontalPadding: 12,
  wrapperBorder: false,
  wrapperBorderRadius: 0,
  borderRadius: 4,
  backgroundColor: "var(--mantine-color-body)",
  foregroundColor: "var(--mantine-color-text)",
  textColor: "var(--mantine-color-text)",
  headerTextColor: "var(--mantine-color-text)",
  headerBackgroundColor: "var(--mantine-color-body)",
  borderColor: "var(--sg-line)",
  accentColor: "var(--sg-accent)",
  rowHoverColor: "var(--sg-hover)",
  selectedRowBackgroundColor: "var(--sg-accent-wash)",
  oddRowBackgroundColor: "var(--mantine-color-body)",
  rangeSelectionBorderColor: "var(--sg-accent)",
  columnBorder: false,
  pinnedColumnBorder: { color: "var(--sg-line)", width: 1 },
  headerColumnResizeHandleColor: "var(--sg-line)",
  focusShadow: "none",
});
