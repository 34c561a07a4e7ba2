import type { EChartsCoreOption } from "echarts/core";
import type { Column } from "../api/types";
import { asNumber, formatValue } from "../format/format";
import { chartPalette, fontFamily } from "../theme";
import type { ChartData } from "./series";

interface Frame {
  chart: ChartData;
  kind: "bar" | "line";
  width: number;
  height: number;
  scheme: "light" | "dark";
}

const ink = {
  light: { text: "#22272d", dim: "#5d656f", line: "#e1e4e8", back: "#ffffff" },
  dark: { text: "#e4e7ea", dim: "#9aa2ab", line: "#2d333a", back: "#1e2328" },
};

/** One look for every chart: thin axes, exact numbers in the tooltip, labels on the marks where they fit. */
export function optionsOf(frame: Frame): EChartsCoreOption {
  const { chart, kind, scheme } = frame;
  const colours = ink[scheme];
  const flat = kind === "bar" && liesDown(frame);
  const temporal = chart.dimension.type === "date" || chart.dimension.type === "timestamp";
  const legend = chart.series.length > 1;
  const category = categoryAxis(frame, flat, temporal);
  const value = valueAxis(frame);
  return {
    // Numbers that move cannot be read: a chart is drawn, it does not perform.
    animation: false,
    color: chartPalette[scheme],
    textStyle: { fontFamily, fontSize: 12, color: colours.text },
    grid: { left: 4, right: flat ? 56 : 12, top: legend ? 32 : 18, bottom: 4, outerBoundsMode: "same" },
    legend: legend
      ? {
          top: 0,
          left: 0,
          itemWidth: 12,
          itemHeight: 8,
          icon: "rect",
          type: "plain",
          textStyle: { color: colours.text },
        }
      : undefined,
    tooltip: {
      trigger: "axis",
      renderMode: "html",
      confine: true,
      transitionDuration: 0,
      backgroundColor: colours.back,
      borderColor: colours.line,
      textStyle: { color: colours.text, fontSize: 13 },
      axisPointer: { type: kind === "bar" ? "shadow" : "line", shadowStyle: { opacity: 0.08 } },
      formatter: (items: unknown) => tip(items, chart),
    },
    xAxis: flat ? value : category,
    yAxis: flat ? { ...category, inverse: true } : value,
    series: chart.series.map((series, index) => ({
      name: series.name,
      type: kind,
      data: series.values.map((one) => asNumber(one) ?? null),
      ...(kind === "bar" ? barLook(frame, flat, series.column) : lineLook(frame, index)),
    })),
  };
}

/** Bars lie down when their names are long or too many to stand beside each other. */
function liesDown({ chart, width }: Frame): boolean {
  if (chart.dimension.type === "date" || chart.dimension.type === "timestamp") return false;
  const longest = Math.max(0, ...chart.labels.map((label) => label.length));
  return longest * 7 + 12 > (width - 60) / Math.max(1, chart.labels.length);
}

function categoryAxis({ chart, scheme, width }: Frame, flat: boolean, temporal: boolean) {
  const colours = ink[scheme];
  return {
    type: "category",
    data: chart.labels,
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: {
      color: colours.dim,
      hideOverlap: !flat,
      interval: flat ? 0 : "auto",
      overflow: "truncate",
      width: flat ? Math.min(160, width * 0.35) : undefined,
      formatter: temporal ? (label: string) => shortDay(label) : undefined,
    },
  };
}

function shortDay(label: string): string {
  return /^\d{4}-\d\d-\d\d/.test(label) ? label.slice(5, 10) : label;
}

function valueAxis({ chart, scheme, kind }: Frame) {
  const colours = ink[scheme];
  const column = chart.series[0]?.column;
  return {
    type: "value",
    scale: kind === "line",
    min: kind === "line" ? ({ min }: { min: number }) => (min >= 0 ? 0 : min) : undefined,
    minInterval: column?.type === "integer" ? 1 : 0,
    splitNumber: 4,
    axisLabel: { color: colours.dim, formatter: (value: number) => axisText(value, column) },
    splitLine: { lineStyle: { color: colours.line, width: 1 } },
  };
}

function axisText(value: number, column: Column | undefined): string {
  return column ? formatValue(value, column, { compact: true, symbol: false }) : String(value);
}

function barLook({ chart, height, width, scheme }: Frame, flat: boolean, column: Column) {
  const room = flat ? height / chart.labels.length : (width - 60) / Math.max(1, chart.labels.length);
  const fits = chart.series.length === 1 && (flat ? room >= 14 : room >= 44);
  return {
    barMaxWidth: 36,
    barCategoryGap: "35%",
    cursor: "default",
    emphasis: { disabled: true },
    label: {
      show: fits,
      position: flat ? "right" : "top",
      color: ink[scheme].text,
      fontSize: 11,
      formatter: ({ value }: { value: number | null }) =>
        value === null ? "" : formatValue(value, column, { compact: true, symbol: false }),
    },
  };
}

const dashes = ["solid", "dashed", "dotted"];
const symbols = ["circle", "rect", "triangle", "diamond"];

/** Lines differ by dash and mark too, not by colour alone. */
function lineLook({ chart }: Frame, index: number) {
  const few = chart.labels.length <= 40;
  return {
    symbol: symbols[index % symbols.length],
    symbolSize: 5,
    showSymbol: few,
    lineStyle: { width: 2, type: dashes[Math.floor(index / 2) % dashes.length] },
    connectNulls: false,
    emphasis: { disabled: true },
  };
}

interface TipItem {
  seriesIndex: number;
  dataIndex: number;
  color: string;
}

/** Built from nodes, never from markup: a cell's text cannot become part of the page. */
function tip(items: unknown, chart: ChartData): HTMLElement {
  const list = (Array.isArray(items) ? items : [items]) as TipItem[];
  const box = document.createElement("div");
  const head = box.appendChild(document.createElement("div"));
  head.textContent = chart.labels[list[0]?.dataIndex ?? 0] ?? "";
  head.style.fontWeight = "600";
  for (const item of list) {
    const series = chart.series[item.seriesIndex];
    const value = series?.values[item.dataIndex];
    if (!series || value === undefined || value === null) continue;
    const line = box.appendChild(document.createElement("div"));
    line.style.cssText = "display:flex;align-items:center;gap:8px;font-variant-numeric:tabular-nums";
    const dot = line.appendChild(document.createElement("span"));
    dot.style.cssText = "width:8px;height:8px;flex:none";
    dot.style.background = item.color;
    const name = line.appendChild(document.createElement("span"));
    name.textContent = series.name;
    const number = line.appendChild(document.createElement("span"));
    number.textContent = formatValue(value, series.column);
    number.style.cssText = "margin-left:auto;padding-left:12px;font-weight:600";
  }
  return box;
}
