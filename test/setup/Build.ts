// Builds the bundle once before the tests that start bin/amends, so that they judge the source as it is now.
import { execFileSync } from "node:child_process"

/** Runs the build; a failing build fails the run. */
export const setup = (): void => {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" })
}
