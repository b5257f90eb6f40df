using System.Diagnostics;
using System.Text.Json;

namespace Raft.Benchmarks.Rates;

/// <summary>
/// A program that measures another library in the same way, a Go program for instance. It gets three arguments: clients, nodes, and seconds
/// to measure, after two seconds of warm-up. It prints a line: <c>{"rate": commits/s, "p50Ms": ..., "p99Ms": ...}</c>.
/// </summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Command">Its path.</param>
internal sealed record OtherProgram(string Name, string Command)
{
    /// <summary>Reads <c>NAME=PATH</c>; null if it is something else.</summary>
    public static OtherProgram? Parse(string text) =>
        text.Split('=', 2) is [{ Length: > 0 } name, { Length: > 0 } command] ? new(name, command) : null;

    /// <summary>Runs the program, and reads what it measured. Bytes, processor time and pauses are not known.</summary>
    /// <exception cref="InvalidOperationException">It cannot be started, fails, or prints something else.</exception>
    public async Task<Load> MeasureAsync(int clients, int nodes, int seconds)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(Command, [$"{clients}", $"{nodes}", $"{seconds}"])
                {
                    RedirectStandardOutput = true,
                    UseShellExecute = false,
                })!;
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            using var line = JsonDocument.Parse(output.Trim());
            return new Load(Number("rate"), Milliseconds("p50Ms"), Milliseconds("p99Ms"), Bytes: null, Cpu: null, Paused: null);

            TimeSpan Milliseconds(string name) => TimeSpan.FromMilliseconds(Number(name));

            double Number(string name) => line.RootElement.GetProperty(name).GetDouble();
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or JsonException or KeyNotFoundException)
        {
            throw new InvalidOperationException($"{Command} did not measure {Name}: {exception.Message}", exception);
        }
    }
}
