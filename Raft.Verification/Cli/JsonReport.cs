using System.Text.Json;

namespace Raft.Verification.Cli;

/// <summary>Writes the report of a command as JSON.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes a report: whole, or not at all.</summary>
    /// <param name="file">The file.</param>
    /// <param name="report">What it says.</param>
    public static void Write(string file, object report)
    {
        var partial = $"{file}.partial";
        File.WriteAllText(partial, JsonSerializer.Serialize(report, _json));
        File.Move(partial, file, overwrite: true);
    }
}
