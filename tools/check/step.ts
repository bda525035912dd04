/** One check of `npm test`. */

/** What a check found. */
export interface StepResult {
  /** Tests that passed; 1 for a tool that found nothing. */
  readonly passed: number;
  readonly failed: number;
  /** Shown in full when something failed. */
  readonly output: string;
}

/** A check. */
export interface Step {
  /** Short name, such as `types`. */
  readonly name: string;
  /** What it runs, for whoever wants to run it alone. */
  readonly what: string;
  /** Runs it; a rejection is a failure. `onLine` is told what it prints, as it comes. */
  run(onLine: (line: string) => void): Promise<StepResult>;
}
