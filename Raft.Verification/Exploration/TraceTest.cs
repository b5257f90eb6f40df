using DeterministicSimulation;

namespace Raft.Verification.Exploration;

/// <summary>Generates an xunit test from a trace.</summary>
internal static class TraceTest
{
    /// <summary>The source of a test that runs a trace and passes unless the violation occurs again.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="file">The file of the trace.</param>
    public static string For(Trace trace, string file) => $$"""
        using DeterministicSimulation;
        using Raft.Verification.Exploration;
        using Xunit;

        public sealed class {{Name(trace.Scenario)}}_{{Name(trace.Violation.Property)}}_{{trace.Seed}}_{{trace.Schedule}}
        {
            // {{trace.Violation.Message.ReplaceLineEndings(" ").Trim()}}
            [Fact]
            public void {{Name(trace.Violation.Property)}}_is_not_violated_any_more() =>
                Assert.Null(Trace.Read({{Literal(file)}}).Rerun());
        }

        """;

    private static string Name(string text) =>
        string.Concat((char.ToUpperInvariant(text[0]) + text[1..]).Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));

    private static string Literal(string text) => $"@\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
