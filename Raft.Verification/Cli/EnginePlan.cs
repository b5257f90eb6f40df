using System.CommandLine.Parsing;
using DeterministicSimulation;
using Raft.Verification.Coyote;

namespace Raft.Verification.Cli;

/// <summary>One engine's part of an exploration.</summary>
/// <param name="Engine">The engine's name.</param>
/// <param name="Options">Its options.</param>
internal sealed record EnginePlan(string Engine, ExplorationOptions Options)
{
    /// <summary>Both engines, one after the other.</summary>
    public const string Both = "both";

    /// <summary>The values of <c>--engine</c>.</summary>
    public static readonly string[] Names = [Trace.Embedded, Trace.Coyote, Both];

    // Ten seconds of a minute.
    private const int _partOfCoyote = 6;

    /// <summary>The plans of the requested engines.</summary>
    /// <param name="engine">One of <see cref="Names"/>.</param>
    /// <param name="options">The options; <see cref="ExplorationOptions.Time"/> is the time of all engines together for a scenario.</param>
    /// <param name="strategy">The strategy, or null for the engine's default.</param>
    public static IReadOnlyList<EnginePlan> Of(string engine, ExplorationOptions options, string? strategy)
    {
        var embedded = new EnginePlan(Trace.Embedded, options with { Strategy = strategy ?? StrategyCatalogue.Default });
        var coyote = new EnginePlan(Trace.Coyote, options with { Strategy = strategy ?? CoyoteStrategies.Default, Workers = 1 });
        if (engine != Both)
        {
            return [engine == Trace.Coyote ? coyote : embedded];
        }

        var part = options.Time / _partOfCoyote;
        return [embedded.Within(options.Time - part), coyote.Within(part)];
    }

    /// <summary>Errors for requested options that an engine does not have.</summary>
    /// <param name="engine">One of <see cref="Names"/>.</param>
    /// <param name="strategy">The requested strategy, or null.</param>
    /// <param name="ofEmbedded">The given options that only the embedded engine has.</param>
    public static IEnumerable<string> Refusals(string engine, string? strategy, IEnumerable<OptionResult> ofEmbedded)
    {
        if (engine == Trace.Coyote)
        {
            foreach (var option in ofEmbedded)
            {
                yield return $"{option.IdentifierToken?.Value} is an option of the embedded engine only; "
                    + "Coyote runs one schedule at a time, and its traces are not shrunk";
            }
        }

        if (strategy is null)
        {
            yield break;
        }

        if (engine == Both)
        {
            yield return $"each engine has strategies of its own: --strategy {strategy} needs --engine {Trace.Embedded} "
                + $"or --engine {Trace.Coyote}";
            yield break;
        }

        var names = engine == Trace.Coyote ? CoyoteStrategies.Names : StrategyCatalogue.Names;
        if (!names.Contains(strategy))
        {
            var who = engine == Trace.Coyote ? "Coyote" : "the embedded engine";
            yield return $"{who} has no strategy '{strategy}'{Suggestion.For(strategy, names)}; it has {string.Join(", ", names)}";
        }
    }

    private EnginePlan Within(TimeSpan? time) => this with { Options = Options with { Time = time } };
}
