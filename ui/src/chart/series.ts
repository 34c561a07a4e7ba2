import type { Column, Value, VisualData } from "../api/types";
import { asNumber, formatValue } from "../format/format";

export interface Series {
  name: string;
  column: Column;
  /** one per category; undefined where there is none */
  values: (Value | undefined)[];
}

export interface ChartData {
  dimension: Column;
  categories: Value[];
  labels: string[];
  series: Series[];
}

/** Turns rows into series: one per measure, or one per value of a second dimension. */
export function toChart(data: VisualData): ChartData | undefined {
  const dimensions = data.columns.flatMap((column, index) =>
    column.role === "measure" ? [] : [{ column, index }],
  );
  const measures = data.columns.flatMap((column, index) =>
    column.role === "measure" ? [{ column, index }] : [],
  );
  const [first, second] = dimensions;
  if (!first || measures.length === 0) return undefined;

  const places = new Map<string, number>();
  const categories: Value[] = [];
  for (const row of data.rows) {
    const value = row[first.index] ?? null;
    const key = String(value);
    if (places.has(key)) continue;
    places.set(key, categories.length);
    categories.push(value);
  }

  const series = new Map<string, Series>();
  for (const row of data.rows) {
    const place = places.get(String(row[first.index] ?? null)) ?? 0;
    for (const measure of measures) {
      const split = second ? formatLabel(row[second.index] ?? null, second.column) : undefined;
      const name = seriesName(measure.column.label, split, measures.length);
      const found = series.get(name) ?? {
        name,
        column: measure.column,
        values: new Array(categories.length),
      };
      found.values[place] = row[measure.index];
      series.set(name, found);
    }
  }
  const labels = categories.map((value) => formatLabel(value, first.column));
  return { dimension: first.column, categories, labels, series: [...series.values()] };
}

function seriesName(measure: string, split: string | undefined, measures: number): string {
  if (split === undefined) return measure;
  return measures > 1 ? `${split}, ${measure}` : split;
}

function formatLabel(value: Value, column: Column): string {
  return value === null ? "empty" : formatValue(value, column);
}

/** A chart in two sentences, for those who do not see it. */
export function summarise(chart: ChartData, kind: "bar" | "line"): string {
  const name = kind === "bar" ? "Bar chart" : "Line chart";
  const count = `${chart.labels.length} ${chart.labels.length === 1 ? "value" : "values"} of ${chart.dimension.label}`;
  const parts = chart.series.slice(0, 4).map((one) => seriesText(one, chart));
  const more = chart.series.length > 4 ? [`${chart.series.length - 4} more series.`] : [];
  return [`${name}, ${count}.`, ...parts, ...more].join(" ");
}

function seriesText(series: Series, chart: ChartData): string {
  const points = series.values.flatMap((value, index) => {
    const number = asNumber(value);
    return number === undefined ? [] : [{ number, value, label: chart.labels[index] ?? "" }];
  });
  const [first] = points;
  if (!first) return `${series.name}: no values.`;
  const high = points.reduce((a, b) => (b.number > a.number ? b : a), first);
  const low = points.reduce((a, b) => (b.number < a.number ? b : a), first);
  const show = (point: typeof first) => `${formatValue(point.value, series.column)} (${point.label})`;
  if (points.length === 1) return `${series.name}: ${show(first)}.`;
  return `${series.name}: highest ${show(high)}, lowest ${show(low)}.`;
}
