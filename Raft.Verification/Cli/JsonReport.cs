using System.Text.Json;
using DeterministicSimulation;

namespace Raft.Verification.Cli;

/// <summary>Writes the report of a command as JSON.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes a report: whole, or not at all.</summary>
    /// <param name="file">The file.</param>
    /// <param name="report">The content.</param>
    public static void Write(string file, object report) => OutputFile.Write(file, JsonSerializer.Serialize(report, _json));
}
