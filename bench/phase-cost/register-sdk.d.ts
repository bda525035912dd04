/** What came out at the other end. */
export interface SentTelemetry {
  spans: number;
}
export declare function registerSdk(): SentTelemetry;
