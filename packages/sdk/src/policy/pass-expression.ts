/** Pass expressions: small closed conditions over a phase's result. Compiled once, without `eval`, and bounded. */
import { WatchdogError } from "../errors.ts";
import { type Token, tokenize } from "./pass-expression-tokens.ts";

/** Longest pass expression, in characters. */
export const MAX_EXPRESSION_LENGTH: number = 1000;
const maxDepth = 32;

type Scalar = string | number | boolean | null;
/** `undefined` is "can not be told": a field is missing or unreadable. It never passes, also not behind `not`. */
type Verdict = boolean | undefined;
type Condition = (result: unknown) => Verdict;

/** A compiled pass expression and what it reads. */
export interface PassExpression {
  /** Whether `result` passes. Never throws: a field that is missing or can not be read does not pass. */
  readonly holds: (result: unknown) => boolean;
  /** The dotted fields it reads, in order, each once. */
  readonly fields: readonly string[];
}

/**
 * Compiles a pass expression into a predicate over a phase's result.
 *
 * The language: `field == value`, `field != value`, `field in [value, …]`, joined by `and`, `or`, `not` and parentheses. A field
 * is a dotted path of own properties. A value is a number, `true`, `false`, `null`, a quoted string or a bare word. Types are
 * compared strictly. A field that is missing makes its comparison unknown, and what stays unknown does not pass.
 *
 * @throws {@link WatchdogError} `invalid_expression` with the column, what was found and what is allowed.
 *
 * @example
 * ```ts
 * const passes = compilePassExpression("ok == true and touch.ok == true");
 * passes({ ok: true, touch: { ok: true } }); // true
 * ```
 */
export function compilePassExpression(text: string): (result: unknown) => boolean {
  return parsePassExpression(text).holds;
}

/**
 * Compiles a pass expression and tells the fields that it reads.
 *
 * @throws {@link WatchdogError} `invalid_expression`, as {@link compilePassExpression}.
 */
export function parsePassExpression(text: string): PassExpression {
  if (text.length > MAX_EXPRESSION_LENGTH) {
    throw new WatchdogError(
      "invalid_expression",
      `pass expression: found ${text.length} characters, allowed at most ${MAX_EXPRESSION_LENGTH}. Shorten it`,
    );
  }
  const parser = new Parser(tokenize(text));
  const condition = parser.parse();
  return {
    fields: [...parser.fields],
    holds: (result) => {
      try {
        return condition(result) === true;
      } catch {
        return false; // A hostile getter or proxy: the result can not be read, so it does not pass.
      }
    },
  };
}

class Parser {
  readonly fields = new Set<string>();
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Condition {
    const condition = this.#anyOf();
    if (this.#next().kind !== "end") this.#refuse("`and`, `or` or the end of the expression");
    return condition;
  }

  #anyOf(): Condition {
    const terms = [this.#allOf()];
    while (this.#take("or")) terms.push(this.#allOf());
    return terms.length === 1 ? (terms[0] as Condition) : (result) => firstOf(terms, result, true);
  }

  #allOf(): Condition {
    const terms = [this.#term()];
    while (this.#take("and")) terms.push(this.#term());
    return terms.length === 1 ? (terms[0] as Condition) : (result) => firstOf(terms, result, false);
  }

  #term(): Condition {
    this.#depth += 1;
    if (this.#depth > maxDepth) this.#refuse(`at most ${maxDepth} levels of parentheses and \`not\``);
    let condition: Condition;
    if (this.#take("not")) {
      const inner = this.#term();
      condition = (result) => negate(inner(result));
    } else if (this.#take("(")) {
      condition = this.#anyOf();
      this.#expect(")", "`)`, `and` or `or`");
    } else {
      condition = this.#comparison();
    }
    this.#depth -= 1;
    return condition;
  }

  #comparison(): Condition {
    const token = this.#next();
    if (token.kind !== "word") this.#refuse("a field name, `not` or `(`");
    if (!/^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$/.test(token.text)) this.#refuse("a field name such as `touch.ok`");
    this.#position += 1;
    this.fields.add(token.text);
    const path = token.text.split(".");
    if (this.#take("==")) {
      const value = this.#value();
      return (result) => compare(result, path, (found) => found === value);
    }
    if (this.#take("!=")) {
      const value = this.#value();
      return (result) => compare(result, path, (found) => found !== value);
    }
    this.#expect("in", "`==`, `!=` or `in`");
    const values = this.#list();
    return (result) => compare(result, path, (found) => values.has(found));
  }

  #list(): ReadonlySet<unknown> {
    this.#expect("[", "`[`");
    const values = new Set<Scalar>([this.#value()]);
    while (this.#take(",")) values.add(this.#value());
    this.#expect("]", "`,` or `]`");
    return values;
  }

  #value(): Scalar {
    const token = this.#next();
    if (token.value === undefined) this.#refuse("a number, `true`, `false`, `null`, a word or a quoted string");
    this.#position += 1;
    return token.value;
  }

  #next(): Token {
    return this.#tokens[Math.min(this.#position, this.#tokens.length - 1)] as Token;
  }

  #take(text: string): boolean {
    const token = this.#next();
    if (token.kind !== "symbol" || token.text !== text) return false;
    this.#position += 1;
    return true;
  }

  #expect(text: string, allowed: string): void {
    if (!this.#take(text)) this.#refuse(allowed);
  }

  #refuse(allowed: string): never {
    const { column, kind, text } = this.#next();
    throw new WatchdogError(
      "invalid_expression",
      `pass expression, column ${column}: found ${kind === "end" ? "the end" : `\`${text}\``}, allowed ${allowed}`,
    );
  }
}

/** `or` ends at the first true, `and` at the first false; an unknown only decides when nothing else does. */
function firstOf(terms: readonly Condition[], result: unknown, deciding: boolean): Verdict {
  let verdict: Verdict = !deciding;
  for (const term of terms) {
    const one = term(result);
    if (one === deciding) return deciding;
    if (one === undefined) verdict = undefined;
  }
  return verdict;
}

function negate(verdict: Verdict): Verdict {
  return verdict === undefined ? undefined : !verdict;
}

function compare(result: unknown, path: readonly string[], matches: (found: unknown) => boolean): Verdict {
  let found: unknown = result;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found === undefined ? undefined : matches(found);
}
