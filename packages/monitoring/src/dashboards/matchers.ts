/** Label matchers of the variables. Each selector of a panel has those of job and instance, as dashboard-linter asks. */
import { LABELS } from "../rules/labels.ts";

export const OF_KIND: string = `${LABELS.service}=~"$job",${LABELS.instance}=~"$instance"`;
export const OF_POOL: string = `${OF_KIND},${LABELS.workerPool}=~"$pool"`;
export const OF_WORKER: string = `${OF_POOL},${LABELS.workerId}=~"$worker"`;
/** Alerts on the pipeline itself (alert 18). A server that is gone has no instance, and shows where all are chosen. */
export const OF_PIPELINE_ALERT: string = `${LABELS.alertKey}=~"telemetry_.+",${OF_KIND}`;
/** Of a worker; of its pool, whose alerts have no worker; or of the pipeline, whose alerts have no pool either. */
export const OF_ALERT: string = `${OF_KIND},${LABELS.workerPool}=~"$pool|",${LABELS.workerId}=~"$worker|"`;
