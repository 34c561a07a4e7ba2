import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
} from "@mantine/core";

/** One neutral grey scale, one accent. Everything else in the app refers to these. */
const neutral: MantineColorsTuple = [
  "#f7f8f9",
  "#eef0f2",
  "#e1e4e8",
  "#cdd2d8",
  "#a9b0b9",
  "#868e98",
  "#656d77",
  "#4c535c",
  "#343a41",
  "#22272d",
];

const dark: MantineColorsTuple = [
  "#e4e7ea",
  "#c3c8ce",
  "#9aa2ab",
  "#7b838d",
  "#4a515a",
  "#353b43",
  "#2a2f36",
  "#16191d",
  "#111417",
  "#0c0e10",
];

const accent: MantineColorsTuple = [
  "#f0fdfa",
  "#d5f5ee",
  "#a7ebdf",
  "#5eead4",
  "#2dd4bf",
  "#14b8a6",
  "#0d9488",
  "#0f766e",
  "#115e59",
  "#134e4a",
];

/** The system's own font where it is known by name; nothing is fetched. */
export const fontFamily =
  '-apple-system, "Segoe UI", Roboto, Ubuntu, Cantarell, "Noto Sans", "Liberation Sans", Arial, sans-serif';

/** Buttons in full colour, and the variables that colour them. */
const fills: Record<string, string> = { accent: "accent", red: "failure" };

const quick = { transitionProps: { duration: 120 } };
const veil = { backgroundOpacity: 0.28 };

/** What pops up belongs to the page's main part: outside of every landmark a screen reader loses it. */
const inMain = { target: "#content" };

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  colors: { accent, gray: neutral, dark },
  fontFamily,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: "12px", sm: "14px", md: "14px", lg: "16px", xl: "20px" },
  spacing: { xs: "8px", sm: "12px", md: "16px", lg: "24px", xl: "32px" },
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "20px", lineHeight: "28px" },
      h2: { fontSize: "15px", lineHeight: "20px" },
      h3: { fontSize: "14px", lineHeight: "20px" },
    },
  },
  defaultRadius: 4,
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" } },
    Tooltip: { defaultProps: { openDelay: 300, portalProps: inMain, ...quick } },
    Menu: { defaultProps: { ...quick, portalProps: inMain, withInitialFocusPlaceholder: false } },
    Popover: { defaultProps: { ...quick, portalProps: inMain } },
    Modal: { defaultProps: { ...quick, overlayProps: veil } },
    Drawer: { defaultProps: { transitionProps: { duration: 140 }, overlayProps: veil } },
  },
  variantColorResolver: (input) => {
    const usual = defaultVariantColorsResolver(input);
    const fill = fills[input.color ?? input.theme.primaryColor];
    if (input.variant !== "filled" || !fill) return usual;
    const background = `var(--sg-${fill})`;
    return { ...usual, background, hover: `var(--sg-${fill}-hover)`, color: "var(--sg-ink-on-fill)" };
  },
});

/** The words that CSS modules use; both colour schemes are decided here and nowhere else. */
export const variables: CSSVariablesResolver = () => ({
  variables: { "--sg-rail": "212px", "--sg-rail-small": "56px", "--sg-top": "52px" },
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-text": "#22272d",
    "--mantine-color-dimmed": "#5d656f",
    "--mantine-color-anchor": "#0f766e",
    "--mantine-color-placeholder": "#6b737d",
    "--mantine-color-error": "#b42318",
    "--sg-page": "#f7f8f9",
    "--sg-line": "#e1e4e8",
    "--sg-line-strong": "#868e98",
    "--sg-accent": "#0f766e",
    "--sg-accent-hover": "#115e59",
    "--sg-ink-on-fill": "#ffffff",
    "--sg-accent-wash": "#ecf7f5",
    "--sg-hover": "#f3f5f6",
    "--sg-failure": "#b42318",
    "--sg-failure-hover": "#912018",
    "--sg-failure-wash": "#fdf2f1",
    "--sg-attention": "#8a5a00",
    "--sg-attention-wash": "#fdf6e7",
    "--sg-good": "#18714a",
    "--sg-good-wash": "#edf8f2",
  },
  dark: {
    "--mantine-color-body": "#16191d",
    "--mantine-color-text": "#e4e7ea",
    "--mantine-color-dimmed": "#9aa2ab",
    "--mantine-color-anchor": "#2dd4bf",
    "--mantine-color-placeholder": "#8d959f",
    "--mantine-color-error": "#ff8f85",
    "--sg-page": "#111417",
    "--sg-line": "#2d333a",
    "--sg-line-strong": "#6b747f",
    "--sg-accent": "#2dd4bf",
    "--sg-accent-hover": "#5eead4",
    "--sg-ink-on-fill": "#06201c",
    "--sg-accent-wash": "#14302d",
    "--sg-hover": "#1e2328",
    "--sg-failure": "#ff8f85",
    "--sg-failure-hover": "#ffb3ac",
    "--sg-failure-wash": "#2c1a19",
    "--sg-attention": "#e8b54a",
    "--sg-attention-wash": "#2a2314",
    "--sg-good": "#5fd39b",
    "--sg-good-wash": "#14271e",
  },
});

/** Okabe-Ito, safe for the colour-blind, ordered so that the first ones keep 3:1 against the page in each scheme. */
export const chartPalette = {
  light: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"],
  dark: ["#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00", "#FFFFFF"],
};

export const tableRowHeights = { compact: 26, standard: 30, comfortable: 36 };
export type Density = keyof typeof tableRowHeights;
