/**
 * The flags that every command takes, and what they come to.
 */
import { Option } from "effect"
import { Command, Flag } from "effect/cli"

/** A switch: given or not, with no `--no-` form. */
export const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDefault(false), Flag.withoutNegation, Flag.withDescription(description))

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.optional, Flag.withMetavar(metavar), Flag.withDescription(description))

/** The command itself, with the flags that its subcommands share. */
export const root = Command.make("amends").pipe(
  Command.withDescription("Applies a batch of changes to remote resources, all or amended."),
  Command.withSharedFlags({
    config: text("config", "FILE", "The file that stands for amends.yaml"),
    workspace: text("workspace", "DIR", "Where amends.yaml is looked for").pipe(Flag.withAlias("C")),
    json: toggle("json", "Print events for programs, one JSON object a line"),
    color: Flag.Boolean("color").pipe(
      Flag.withDefault(true),
      Flag.withDescription("Colours; --no-color or NO_COLOR turn them off")
    ),
    quiet: toggle("quiet", "Print only errors and the last line"),
    input: Flag.Boolean("input").pipe(
      Flag.withDefault(true),
      Flag.withDescription("Ask where it is needed; --input=false fails instead")
    ),
    reason: text("reason", "TEXT", "Why; kept with the batch"),
    actor: text("actor", "NAME", "Who; kept with the batch (default: CI's user, or user@host)")
  })
)

/** What the shared flags say. */
export interface Globals {
  readonly config: Option.Option<string>
  readonly workspace: Option.Option<string>
  readonly json: boolean
  readonly color: boolean
  readonly quiet: boolean
  readonly input: boolean
  readonly reason: Option.Option<string>
  readonly actor: Option.Option<string>
}

/** A member that is there only if its value is. */
export const member = <K extends string, A>(key: K, value: Option.Option<A>): { readonly [P in K]?: A } =>
  Option.match(value, {
    onNone: () => ({}),
    onSome: (some) => ({ [key]: some } as { readonly [P in K]: A })
  })
