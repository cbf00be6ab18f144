/** Where reports send people and programs for what a report itself does not hold. */
export interface ReportLinks {
  /** Answers the recording to an API token or a signed-in administrator. */
  commandShellDownload(lsid: string, instance: number): string;
  /** Plays the recording in the browser of a signed-in administrator. */
  commandShellView(lsid: string, instance: number): string;
}

/** Links below the public URL, never below a name the caller sent. */
export function reportLinks(publicUrl: string): ReportLinks {
  return {
    commandShellDownload: (lsid, instance) =>
      `${publicUrl}/api/reporting?generate_report=CommandShellRecording&lsid=${lsid}&instance=${instance}`,
    commandShellView: (lsid, instance) => `${publicUrl}/login/sessions?lsid=${lsid}&recording=${instance}`,
  };
}
