/** Everything that was seen in one run, in order, and who wants to hear of it. Plain memory: the terminal and the verdict read it. */
import type { ArtifactRequest } from "../artifact-host/start-artifact-host.ts";
import type { Activity } from "../job-service/activity.ts";
import type { Page } from "../page-receiver/page.ts";
import type { PolicyName } from "../scenarios/scenario.ts";

/** A page, and what is wrong with it. */
export interface ReceivedPage {
  readonly page: Page;
  /** The policy of the stack that sent it. */
  readonly policy: PolicyName;
  /** Empty for a page that is as it must be. */
  readonly problems: readonly string[];
}

/** A worker's process. */
export interface WorkerEvent {
  /** Unix seconds. */
  readonly at: number;
  readonly worker: string;
  readonly pool: string;
  readonly what: "started" | "stopped" | "killed" | "crashed";
  /** Where it serves `/metrics`, if it does. */
  readonly metricsUrl?: string | undefined;
}

/** Something a person should know. */
export interface Notice {
  /** Unix seconds. */
  readonly at: number;
  readonly text: string;
}

/** One thing that was seen. */
export type FleetEvent =
  | { readonly type: "activity"; readonly activity: Activity }
  | { readonly type: "artifact"; readonly request: ArtifactRequest }
  | { readonly type: "page"; readonly received: ReceivedPage }
  | { readonly type: "worker"; readonly event: WorkerEvent }
  | { readonly type: "notice"; readonly notice: Notice };

/** The record of one run. */
export class FleetRecord {
  readonly activities: Activity[] = [];
  readonly artifactRequests: ArtifactRequest[] = [];
  readonly pages: ReceivedPage[] = [];
  readonly workers: WorkerEvent[] = [];
  readonly notices: Notice[] = [];
  readonly #listeners = new Set<(event: FleetEvent) => void>();

  /** Adds one event, and tells the listeners. */
  add(event: FleetEvent): void {
    if (event.type === "activity") this.activities.push(event.activity);
    else if (event.type === "artifact") this.artifactRequests.push(event.request);
    else if (event.type === "page") this.pages.push(event.received);
    else if (event.type === "worker") this.workers.push(event.event);
    else this.notices.push(event.notice);
    for (const listener of this.#listeners) listener(event);
  }

  /** Adds a notice of now. */
  notice(text: string): void {
    this.add({ type: "notice", notice: { at: Date.now() / 1_000, text } });
  }

  /** Hears of every event from now on. Returns the way to stop that. */
  subscribe(listener: (event: FleetEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
