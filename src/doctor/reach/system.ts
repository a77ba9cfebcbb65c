/** The machine that this runs on. */
import type { Outside } from '../outside.ts'
import { connect } from './dialogue.ts'
import { systemFiles } from './files.ts'
import { runProgram } from './programs.ts'

export const systemOutside: Outside = { files: systemFiles, run: runProgram, connect }
