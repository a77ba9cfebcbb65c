/** Which source each file on the disk was last seen to hold. */
import { all, change, one, type Steps } from '../../db/statement.ts'

/** A file as it was when it was read last. */
export interface FileRow {
  readonly device: number
  readonly inode: number
  readonly path: string
  readonly sizeOctets: number
  readonly changedMs: number
  readonly sourceId: number
}

export function* fileByInode(device: number, inode: number): Steps<FileRow | undefined> {
  return yield* one<FileRow>(`${FILE_COLUMNS} WHERE device = ? AND inode = ?`, device, inode)
}

/** The files that were last seen under this path, the one changed last first. */
export function* filesByPath(path: string): Steps<FileRow[]> {
  return yield* all<FileRow>(`${FILE_COLUMNS} WHERE path = ? ORDER BY changed_ms DESC`, path)
}

export function* allFiles(): Steps<FileRow[]> {
  return yield* all<FileRow>(FILE_COLUMNS)
}

const FILE_COLUMNS =
  'SELECT device, inode, path, size_octets AS sizeOctets, changed_ms AS changedMs, ' +
  'source_id AS sourceId FROM file'

export function* rememberFile(file: FileRow): Steps<void> {
  yield* change(
    'INSERT OR REPLACE INTO file (device, inode, path, size_octets, changed_ms, source_id) ' +
      'VALUES (?, ?, ?, ?, ?, ?)',
    file.device,
    file.inode,
    file.path,
    file.sizeOctets,
    file.changedMs,
    file.sourceId,
  )
}

export function* forgetFile({ device, inode }: FileRow): Steps<void> {
  yield* change('DELETE FROM file WHERE device = ? AND inode = ?', device, inode)
}
