/**
 * The public face for those who write providers: `amends/testing`. It holds the contract suite that every provider
 * must pass and needs no test runner of its own; hand it yours.
 */
export { type ModuleContract, moduleContract, type ModuleSubject } from "./main/ModuleContract.ts"
export { type ContractRunner, type ProviderContract, providerContract } from "./providers/Contract.ts"
export {
  ContractBroken,
  type ContractSubject,
  type FaultName,
  faultNames,
  type KindExample
} from "./providers/ContractSubject.ts"
