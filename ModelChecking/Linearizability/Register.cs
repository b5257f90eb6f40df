using System.Diagnostics.CodeAnalysis;

namespace ModelChecking.Linearizability;

/// <summary>What an operation on a register does.</summary>
public enum RegisterKind
{
    /// <summary>It returns the value.</summary>
    Read,

    /// <summary>It sets the value.</summary>
    Write,

    /// <summary>It appends to the value; an absent value counts as empty.</summary>
    Append,

    /// <summary>It sets the value if that is the expected one, and says whether it did.</summary>
    CompareAndSet,
}

/// <summary>An operation on a register, or on one key of a key-value store.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Key">The key; empty for a register.</param>
/// <param name="Value">What it writes or appends; null: nothing is there afterwards, or it does not write.</param>
public sealed record RegisterAction(RegisterKind Kind, string Key = "", string? Value = null)
{
    /// <summary>The value that a compare-and-set expects.</summary>
    public RegisterValue Expected { get; init; } = RegisterValue.Absent;

    /// <summary>What a read returned; null: that is not known.</summary>
    public RegisterValue? Read { get; init; }

    /// <summary>Whether a compare-and-set wrote; null: that is not known.</summary>
    public bool? Wrote { get; init; }

    /// <summary>The operation, with its result, in one line.</summary>
    public override string ToString()
    {
        var key = Key.Length == 0 ? string.Empty : $"{Key}, ";
        return Kind switch
        {
            RegisterKind.Read => $"read({Key}){(Read is null ? string.Empty : $" = {Text(Read.Text)}")}",
            RegisterKind.Write => $"write({key}{Text(Value)})",
            RegisterKind.Append => $"append({key}{Text(Value)})",
            _ => $"compare-and-set({key}{Text(Expected.Text)}, {Text(Value)})"
                + Wrote switch { null => string.Empty, true => " = set", false => " = not set" },
        };
    }

    private static string Text(string? value) => value switch
    {
        null => "nil",
        "" => "\"\"",
        _ => value,
    };
}

/// <summary>A register: reads, writes, appends, and compare-and-set. A key-value store is a register for each key.</summary>
/// <param name="initial">Its value before the first operation; null: none.</param>
public sealed class Register(string? initial) : ISequentialModel<RegisterValue, RegisterAction>
{
    /// <inheritdoc/>
    public RegisterValue Initial { get; } = RegisterValue.Of(initial);

    /// <inheritdoc/>
    public bool TryTake(RegisterValue state, RegisterAction action, [MaybeNullWhen(false)] out RegisterValue next)
    {
        ArgumentNullException.ThrowIfNull(action);
        switch (action.Kind)
        {
            case RegisterKind.Write:
                next = RegisterValue.Of(action.Value);
                return true;
            case RegisterKind.Append:
                next = state.Append(action.Value);
                return true;
            case RegisterKind.CompareAndSet:
                var writes = state.Equals(action.Expected);
                next = writes ? RegisterValue.Of(action.Value) : state;
                return writes == (action.Wrote ?? writes);
            default:
                next = state;
                return action.Read is null || state.Equals(action.Read);
        }
    }

    /// <inheritdoc/>
    public RegisterAction WithoutResult(RegisterAction action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return action with { Read = null, Wrote = null };
    }
}
