// Tests that must do without the corpus or Python say why, in the file that fails CI if anything is in it.
import { appendFileSync } from "node:fs";

/** The value of a variable, or a reason to skip, which is noted. */
export function needed(variable, what) {
  const value = process.env[variable];
  if (value !== undefined && value !== "") return { value, skip: false };
  const why = `no ${what}: ${variable} is not set`;
  if (process.env.NDCODEC_SKIP_LOG) appendFileSync(process.env.NDCODEC_SKIP_LOG, `${why}\n`);
  return { value: undefined, skip: why };
}
