/** Waits for what a busy machine may take long over. */

/** Asks `probe` until it gives a value; an error says what was waited for and what was last seen. */
export async function poll<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  options: { readonly timeoutMillis?: number; readonly last?: () => unknown } = {},
): Promise<T> {
  const end = Date.now() + (options.timeoutMillis ?? 180_000);
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > end)
      throw new Error(`Waited in vain for ${what}. Last seen: ${JSON.stringify(options.last?.() ?? null)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
