internal import CLLVM
let parse = LLVMRunPasses
