/**
 * The version of amends that a journal and a saved plan name; the entry point provides its own.
 */
import { Context } from "effect"

/** The version of the running program. */
export const EngineVersion = Context.Reference<string>("amends/EngineVersion", { defaultValue: () => "0.0.0" })
