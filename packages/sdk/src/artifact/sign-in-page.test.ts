import { expect, test } from "vitest";
import { isSignInAddress, isSignInPage } from "./sign-in-page.ts";

test.each<[string, boolean]>([
  ["https://files.example/login", true],
  ["https://files.example/login?next=/report", true],
  ["https://files.example/users/sign_in", true],
  ["https://files.example/Account/LogOn", true],
  ["https://files.example/signin.html", true],
  ["https://files.example/wp-login.php", true],
  ["https://files.example/ServiceLogin", true],
  ["https://files.example/oauth2/v1/start", true],
  ["https://files.example/saml2/idp", true],
  ["https://files.example/sso/start", true],
  ["https://files.example/api/auth", true],
  ["https://accounts.google.com/v3/", true],
  ["https://login.microsoftonline.com/common", true],
  ["https://files.example/report.html", false],
  ["https://files.example/login-funnel.html", false],
  ["https://files.example/reports/blogin", false],
  ["https://files.example/catalogin/x", false],
  ["https://files.example/auth/report.html", false],
  ["https://files.example/author", false],
  ["https://loginov.example/report", false],
  ["https://files.example/?login=1", false],
])("the address %s is a sign-in page: %j", (address, expected) => {
  expect(isSignInAddress(new URL(address))).toBe(expected);
});

test.each<[string, boolean]>([
  ['<form><input type="password" name="p"></form>', true],
  ["<INPUT name=p TYPE=password>", true],
  ["<input\n  type='password'\n>", true],
  ['<form method="post" action="/session/login"><input type=email></form>', true],
  ['<meta http-equiv="refresh" content="0; url=/login">', true],
  ['<meta http-equiv="refresh" content="0; url=report-2.html">', false],
  ['<form action="/search"><input type="text"></form>', false],
  ['<!-- <input type="password"> --><h1>Report</h1>', false],
  ["<script>const html = '<input type=\"password\">';</script><h1>Report</h1>", false],
  ["<p>&lt;input type=&quot;password&quot;&gt;</p>", false],
  ['<input data-type="password">', false],
  ['<input type="text" placeholder="password">', false],
  ["", false],
])("the page %j is a sign-in page: %j", (html, expected) => {
  expect(isSignInPage(html, new URL("https://files.example/report.html"))).toBe(expected);
});

test("a hostile page is read in linear time", () => {
  const pages = [
    `<input${" ".repeat(65_000)}`,
    "<form ".repeat(10_000),
    "<!--".repeat(16_000),
    `<meta content="${"url=".repeat(16_000)}`,
  ];
  for (const page of pages) expect(isSignInPage(page, new URL("https://files.example/"))).toBe(false);
});
