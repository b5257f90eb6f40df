using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>An action of the specification, or a guard of it.</summary>
/// <param name="Action">The action.</param>
/// <param name="Guard">What the guard says; null for the action itself.</param>
public readonly record struct ModelRule(RaftAction Action, string? Guard);

/// <summary>How often servers that step beside a program took each action, and how often each guard held.</summary>
/// <remarks>
/// A guard counts when it held for an action that was taken. If an action is tried and not enabled, the guard that did not hold is counted
/// too.
/// </remarks>
public sealed class RuleCoverage
{
    private static readonly int _actions = Enum.GetValues<RaftAction>().Length;
    private static readonly int _guards = Enum.GetValues<RaftGuard>().Length;
    private readonly long[] _counts = new long[_actions + (2 * _guards)];

    /// <summary>All actions, and after them all guards.</summary>
    public static IReadOnlyList<ModelRule> Rules { get; } =
    [
        .. Enum.GetValues<RaftAction>().Select(action => new ModelRule(action, null)),
        .. Enum.GetNames<RaftGuard>()
            .Select(guard => typeof(RaftGuard).GetField(guard)!.GetCustomAttribute<GuardOfAttribute>()!)
            .Select(guard => new ModelRule(guard.Action, guard.Text)),
    ];

    /// <summary>
    /// How often each of the <see cref="Rules"/> was reached, in their order; and after that, how often each guard did not hold, in their
    /// order.
    /// </summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>A server took an action.</summary>
    /// <param name="action">The action.</param>
    /// <param name="guards">The guards that held (<see cref="Successors.GuardsOf"/>).</param>
    internal void Count(RaftAction action, ReadOnlySpan<ulong> guards)
    {
        _counts[(int)action]++;
        Count(guards[0], _actions);
        Count(guards[1], _actions + 64);
    }

    /// <summary>An action was not enabled.</summary>
    /// <param name="guard">The guard that did not hold.</param>
    internal void CountFailed(int guard) => _counts[_actions + _guards + guard]++;

    private void Count(ulong guards, int first)
    {
        for (; guards != 0; guards &= guards - 1)
        {
            _counts[first + BitOperations.TrailingZeroCount(guards)]++;
        }
    }
}

/// <summary>Guards by their names.</summary>
internal static class NamedGuards
{
    /// <inheritdoc cref="Successors.Requires"/>
    public static bool Requires(
        this Successors next, bool guard, RaftGuard name, [CallerArgumentExpression(nameof(guard))] string text = "") =>
        next.Requires(guard, (int)name, text);

    /// <inheritdoc cref="Successors.Note"/>
    public static void Note(this Successors next, RaftGuard name) => next.Note((int)name);
}
