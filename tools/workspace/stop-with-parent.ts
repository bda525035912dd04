/** Stops this process when the one that started it is gone, however it went. */

const CHECK_MILLIS = 1_000;

/** From now on, sends SIGTERM to this process once its parent has ended. */
export function stopWithParent(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, CHECK_MILLIS);
  timer.unref();
}
