import { formatValue, isNumeric, unitOf } from "../format/format";
import classes from "./chartTable.module.css";
import type { ChartData } from "./series";

interface Props {
  chart: ChartData;
  height: number;
  titleId: string;
}

/** The same numbers as the chart, for those who read rather than look. */
export function ChartTable({ chart, height, titleId }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <div className={classes.box} style={{ maxHeight: height }} tabIndex={0}>
      <table className={classes.table} aria-labelledby={titleId}>
        <thead>
          <tr>
            <th scope="col">{chart.dimension.label}</th>
            {chart.series.map((series) => (
              <th scope="col" key={series.name} className={classes.number}>
                {series.name} <span className={classes.unit}>{unitOf(series.column)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.labels.map((label, index) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {chart.series.map((series) => (
                <td key={series.name} className={isNumeric(series.column) ? classes.number : undefined}>
                  {formatValue(series.values[index], series.column, { symbol: false })}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
