/** Who acts, for what is recorded of it; the command line names no face of the state itself. */
export { ActingAs, type Operator } from "../state/ActingAs.ts"
