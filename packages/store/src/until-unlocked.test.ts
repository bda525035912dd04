import { expect, it } from "vitest";
import { untilUnlocked } from "./until-unlocked.ts";

const busy = Object.assign(new Error("database is locked"), { errcode: 5 });

it("tries again while another process holds a lock", () => {
  let tries = 0;
  const action = (): string => {
    tries += 1;
    if (tries < 3) throw busy;
    return "done";
  };
  expect(untilUnlocked("/x/journal.db", 60_000, action)).toBe("done");
  expect(tries).toBe(3);
});

it.each<readonly [what: string, timeoutMillis: number, cause: Error, reason: string]>([
  ["a lock, once its time is over", 0, busy, "locked"],
  ["anything else, at once", 60_000, Object.assign(new Error("malformed"), { errcode: 11 }), "damaged"],
])("gives up for %s", (_, timeoutMillis, cause, reason) => {
  let tries = 0;
  const action = (): never => {
    tries += 1;
    throw cause;
  };
  expect(() => untilUnlocked("/x/journal.db", timeoutMillis, action)).toThrow(
    expect.objectContaining({ code: "journal_unusable", reason, cause }),
  );
  expect(tries).toBe(1);
});
