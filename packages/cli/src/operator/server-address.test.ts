import { expect, it } from "vitest";
import { serverAddress } from "./server-address.ts";

it.each<[object, Readonly<Record<string, string>>, object]>([
  [{}, {}, { url: "http://127.0.0.1:9090", headers: {} }],
  [{}, { WATCHDOG_PROMETHEUS_URL: "https://prom.example/prefix/" }, { url: "https://prom.example/prefix" }],
  [{ prometheus: "http://a:1/" }, { WATCHDOG_PROMETHEUS_URL: "http://b:2" }, { url: "http://a:1" }],
  [{}, { WATCHDOG_PROMETHEUS_URL: "" }, { url: "http://127.0.0.1:9090" }],
  [
    { prometheus: "https://u:p%40w@prom.example" },
    {},
    { url: "https://prom.example", headers: { authorization: `Basic ${btoa("u:p@w")}` } },
  ],
])("%j, %j", (values, environment, expected) => {
  expect(serverAddress("prometheus", values as never, { environment })).toMatchObject(expected);
});

it.each(["prom:9090", "ftp://prom", "nonsense", ""])("%j is refused", (prometheus) => {
  expect(() => serverAddress("prometheus", { prometheus }, { environment: {} })).toThrow(
    /--prometheus: found .*allowed an http or https address/,
  );
});
