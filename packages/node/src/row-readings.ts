/** When anybody last read the rows of this process, to export them or to serve them. */
let readAtMillis: number | undefined;

/** Notes a reading at `nowMillis`. */
export function noteRowReading(nowMillis: number): void {
  readAtMillis = nowMillis;
}

/** When the last reading was, in unix milliseconds; undefined where there was none. */
export function lastRowReading(): number | undefined {
  return readAtMillis;
}
