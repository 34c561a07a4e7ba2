import { useComputedColorScheme } from "@mantine/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef, useState } from "react";
import { optionsOf } from "./options";
import type { ChartData } from "./series";

use([BarChart, LineChart, GridComponent, TooltipComponent, LegendComponent, CanvasRenderer]);

interface Props {
  chart: ChartData;
  kind: "bar" | "line";
  height: number;
  summary: string;
  /** pressed on the mark of one category */
  onPick: ((index: number) => void) | undefined;
}

export default function Chart({ chart, kind, height, summary, onPick }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const instance = useRef<EChartsType>(undefined);
  const [width, setWidth] = useState(0);
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = init(element, null, { renderer: "canvas" });
    instance.current = made;
    const observer = new ResizeObserver(() => {
      made.resize();
      setWidth(element.clientWidth);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.dispose();
    };
  }, []);

  useEffect(() => {
    if (width === 0) return;
    instance.current?.setOption(optionsOf({ chart, kind, width, height, scheme }), true);
  }, [chart, kind, width, height, scheme]);

  useEffect(() => {
    const made = instance.current;
    if (!made || !onPick) return;
    const press = (event: { dataIndex?: number }) => {
      if (event.dataIndex !== undefined) onPick(event.dataIndex);
    };
    made.on("click", press as never);
    return () => {
      if (!made.isDisposed()) made.off("click", press as never);
    };
  }, [onPick]);

  return <div ref={box} style={{ height }} role="img" aria-label={summary} />;
}
