/** Panels as data. Every one must say its title, what it shows, and its unit: the type asks for them. */
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import { type BigValueColorMode, GraphDrawStyle, type VizLegendOptions } from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardLinkBuilder,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as HeatmapBuilder, YAxisConfigBuilder } from "@grafana/grafana-foundation-sdk/heatmap";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** Every query goes to the data source that the reader chooses. */
export const DATASOURCE = { type: "prometheus", uid: `\${datasource}` } as const;

/** One query of a panel. */
export interface PanelQuery {
  readonly expr: string;
  readonly legend?: string | undefined;
  /** Whether exemplars are drawn on it: dots that lead to a trace. */
  readonly exemplar?: boolean | undefined;
}

/** A link on a table's cell or a series. */
export interface PanelLink {
  readonly title: string;
  readonly url: string;
}

/** A table's column: its name, unit and link. */
export interface TableColumn {
  readonly field: string;
  readonly title: string;
  readonly unit?: string | undefined;
  readonly link?: PanelLink | undefined;
  /** Text to show for a value. */
  readonly texts?: Readonly<Record<string, string>> | undefined;
  /** Colours of its cells, from a value upwards. */
  readonly thresholds?: readonly Threshold[] | undefined;
  /** Width in pixels. Default: what is left. */
  readonly width?: number | undefined;
}

/** What every panel says. */
interface PanelBase {
  readonly title: string;
  readonly description: string;
  /** Grafana's unit id, such as `s`, `short`, `percentunit`. */
  readonly unit: string;
  /** Width of 24. */
  readonly width: number;
  /** Lines of the grid. Default: 4 for a stat, 8 for the others. */
  readonly height?: number | undefined;
  readonly queries: readonly PanelQuery[];
  /** Colours from a value upwards; the first has no value. */
  readonly thresholds?: readonly Threshold[] | undefined;
  /** Links from its values; a table's are on its columns. */
  readonly links?: readonly PanelLink[] | undefined;
}

/** One panel. */
export type PanelSpec =
  | (PanelBase & { readonly kind: "stat"; readonly noValue?: string | undefined })
  | (PanelBase & { readonly kind: "timeseries"; readonly stacked?: boolean | undefined })
  | (PanelBase & { readonly kind: "heatmap" })
  | (PanelBase & {
      readonly kind: "table";
      readonly columns: readonly TableColumn[];
      /** Title of the column by which its rows are in order, rising or falling. */
      readonly sort?: { readonly by: string; readonly falling?: boolean | undefined } | undefined;
      readonly noValue?: string | undefined;
    });

const HEIGHTS = { stat: 4, timeseries: 8, heatmap: 8, table: 8 } as const;

/** The panel with Grafana's types. */
export function panel(spec: PanelSpec, id: number): Builder<Panel> {
  switch (spec.kind) {
    case "stat":
      return dress(new StatBuilder(), spec, id)
        .noValue(spec.noValue ?? "-")
        .colorMode("background" as BigValueColorMode)
        .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
    case "timeseries":
      return dress(new TimeseriesBuilder(), spec, id)
        .drawStyle(GraphDrawStyle.Line)
        .fillOpacity(spec.stacked === true ? 20 : 0)
        .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(thresholdsStyle(spec)))
        .stacking(
          new common.StackingConfigBuilder().mode(
            spec.stacked === true ? common.StackingMode.Normal : common.StackingMode.None,
          ),
        )
        .legend(legend());
    case "heatmap":
      return dress(new HeatmapBuilder(), spec, id).calculate(false).yAxis(new YAxisConfigBuilder().unit(spec.unit));
    case "table":
      return table(spec, id);
  }
}

type AnyBuilder = StatBuilder | TimeseriesBuilder | TableBuilder | HeatmapBuilder;

function dress<B extends AnyBuilder>(builder: B, spec: PanelSpec, id: number): B {
  builder
    .id(id)
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(DATASOURCE)
    .span(spec.width)
    .height(spec.height ?? HEIGHTS[spec.kind]);
  spec.queries.forEach((query, index) => {
    builder.withTarget(target(query, String.fromCharCode(65 + index), spec.kind));
  });
  if (spec.links !== undefined) builder.dataLinks(spec.links.map(dataLink));
  const steps = spec.thresholds ?? [{ value: null, color: "text" }];
  builder.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps]));
  return builder;
}

function dataLink({ title, url }: PanelLink): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).url(url).targetBlank(true);
}

function target(
  { expr, legend: text, exemplar = false }: PanelQuery,
  refId: string,
  kind: PanelSpec["kind"],
): DataqueryBuilder {
  const query = new DataqueryBuilder().refId(refId).expr(expr).datasource(DATASOURCE).exemplar(exemplar);
  if (kind === "heatmap")
    return query
      .range()
      .format(PromQueryFormat.Heatmap)
      .legendFormat(text ?? "{{le}}");
  if (kind === "timeseries") return query.range().legendFormat(text ?? "__auto");
  if (kind === "table") return query.instant().format(PromQueryFormat.Table);
  return text === undefined ? query.instant() : query.instant().legendFormat(text);
}

/** A table shows its columns and nothing else, in their order; several queries become one row for each label set. */
function table(spec: PanelSpec & { readonly kind: "table" }, id: number): TableBuilder {
  const builder = dress(new TableBuilder(), spec, id)
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({
      id: "filterFieldsByName",
      options: { include: { names: spec.columns.map(({ field }) => field) } },
    })
    .withTransformation({
      id: "organize",
      options: {
        indexByName: Object.fromEntries(spec.columns.map(({ field }, index) => [field, index])),
        renameByName: Object.fromEntries(spec.columns.map(({ field, title }) => [field, title])),
      },
    });
  if (spec.noValue !== undefined) builder.noValue(spec.noValue);
  if (spec.sort !== undefined) builder.sortBy([sortBy(spec.sort)]);
  for (const { title, unit, link, texts, thresholds, width } of spec.columns) {
    const properties: { id: string; value: unknown }[] = [
      ...(unit === undefined ? [] : [{ id: "unit", value: unit }]),
      ...(width === undefined ? [] : [{ id: "custom.width", value: width }]),
      ...(link === undefined ? [] : [{ id: "links", value: [dataLink(link).build()] }]),
      ...(thresholds === undefined
        ? []
        : [
            { id: "thresholds", value: { mode: ThresholdsMode.Absolute, steps: thresholds } },
            { id: "custom.cellOptions", value: { type: "color-text" } },
          ]),
    ];
    if (texts !== undefined) properties.push({ id: "mappings", value: [valueTexts(texts)] });
    if (properties.length > 0) builder.overrideByName(title, properties);
  }
  return builder;
}

function sortBy({ by, falling = false }: { readonly by: string; readonly falling?: boolean | undefined }) {
  return new common.TableSortByFieldStateBuilder().displayName(by).desc(falling);
}

function valueTexts(texts: Readonly<Record<string, string>>): object {
  return {
    type: "value",
    options: Object.fromEntries(Object.entries(texts).map(([value, shown], index) => [value, { index, text: shown }])),
  };
}

/** A limit is a line across the curves. */
function thresholdsStyle({ thresholds }: PanelSpec): common.GraphThresholdsStyleMode {
  return thresholds === undefined ? common.GraphThresholdsStyleMode.Off : common.GraphThresholdsStyleMode.Dashed;
}

function legend(): Builder<VizLegendOptions> {
  return new common.VizLegendOptionsBuilder()
    .displayMode(common.LegendDisplayMode.List)
    .placement(common.LegendPlacement.Bottom)
    .showLegend(true);
}
