/** The pools of the simulated fleet: of one worker, of a few and of many, with short jobs and with long ones. */

/** A pool, and how its days go. */
export interface FleetPool {
  readonly number: number;
  readonly size: number;
  /** How long its jobs take: the least and the most. */
  readonly jobMinutes: readonly [least: number, most: number];
  /** Days from one deploy to the next, more or less; rows are lost as often, and a worker is killed in six times as long at most. */
  readonly calmDays: number;
  /** Each process is an instance of its own: workers with their own MeterProvider. */
  readonly isInstancePerProcess?: boolean | undefined;
  /** A second Collector writes the same rows, and lags behind. */
  readonly hasReplica?: boolean | undefined;
}

/** 200 workers. */
export const FLEET: readonly FleetPool[] = [
  { number: 0, size: 12, jobMinutes: [5, 80], calmDays: 1 },
  { number: 1, size: 1, jobMinutes: [5, 80], calmDays: 1, isInstancePerProcess: true },
  { number: 2, size: 40, jobMinutes: [90, 480], calmDays: 1 },
  { number: 3, size: 3, jobMinutes: [5, 120], calmDays: 1, hasReplica: true },
  { number: 4, size: 24, jobMinutes: [30, 240], calmDays: 2, isInstancePerProcess: true },
  { number: 5, size: 7, jobMinutes: [1, 30], calmDays: 0.5 },
  { number: 6, size: 2, jobMinutes: [60, 240], calmDays: 0.5 },
  { number: 7, size: 60, jobMinutes: [60, 360], calmDays: 1 },
  { number: 8, size: 10, jobMinutes: [20, 90], calmDays: 0.25, hasReplica: true },
  { number: 9, size: 1, jobMinutes: [60, 480], calmDays: 0.5 },
  { number: 10, size: 40, jobMinutes: [120, 480], calmDays: 2 },
];

/** Ten workers whose days are full of disturbances. */
export const SMALL_FLEET: readonly FleetPool[] = [
  { number: 0, size: 4, jobMinutes: [5, 80], calmDays: 0.2 },
  { number: 1, size: 1, jobMinutes: [5, 80], calmDays: 0.2, isInstancePerProcess: true },
  { number: 2, size: 2, jobMinutes: [5, 240], calmDays: 0.2, hasReplica: true },
  { number: 3, size: 3, jobMinutes: [30, 240], calmDays: 0.2 },
];
