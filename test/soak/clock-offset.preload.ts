/** Moves the wall clock of the process that imports it first by CLOCK_OFFSET_SECONDS, and with it everything that JavaScript tells the time by. */
const offsetMillis = Number(process.env["CLOCK_OFFSET_SECONDS"] ?? "0") * 1_000;
const realNow = Date.now.bind(Date);

globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [realNow() + offsetMillis] : args, newTarget),
  apply: () => new Date(realNow() + offsetMillis).toString(),
  get: (target, name, receiver) =>
    name === "now" ? () => realNow() + offsetMillis : Reflect.get(target, name, receiver),
});
Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + offsetMillis });
