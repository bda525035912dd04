/** Replaces passwords in the arguments of well-known commands, where no name stands before them. */
import type { Hit } from "./placeholder.ts";

/** curl's `-u user:password`, and its long form. */
const USER_OPTION = /((?:^|[\s"'])(?:-u|--user|--proxy-user|-U)[ =]{0,2}["']?)([^\s:"'[]{1,64}):([^\s"'`[]{1,256})/g;
/** Commands that take a password as a short option. */
const SHORT_OPTION =
  /(\b(?:sshpass|mysql|mysqldump|mysqladmin|mariadb|docker login|podman login|az login|helm registry login|redis-cli|rclone)\b[^\n|;]{0,200}?\s-[pa] ?["']?)([^\s"'[-][^\s"'`[]{2,255})/g;

/** The text without them. */
export function replaceArguments(text: string, hit: Hit): string {
  return text
    .replace(USER_OPTION, (whole: string, option: string, user: string, password: string) =>
      // `docker run -u 1000:1000` names a user and a group.
      /^\d{1,7}$/.test(password) || password.startsWith("//") ? whole : `${option}${user}:${hit("password")}`,
    )
    .replace(SHORT_OPTION, (whole: string, command: string, password: string) =>
      // A port is none.
      /^\d{1,5}(?::\d{1,5})?$/.test(password) ? whole : `${command}${hit("password")}`,
    );
}
