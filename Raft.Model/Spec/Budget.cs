using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>How often an action may still fire. Without a limit it is not part of the state.</summary>
internal sealed class Budget(StateLayout layout, string name, int? max)
{
    private readonly Variable? _spent = max is { } limit ? layout.Variable(name, Domain.Number(limit)) : null;

    /// <summary>Whether the action may fire once more.</summary>
    public bool IsLeft(State state) => _spent is null || _spent[state] < max;

    /// <summary>Counts one firing.</summary>
    public void Spend(State state)
    {
        if (_spent is not null)
        {
            _spent[state]++;
        }
    }

    /// <summary>Sets what is spent.</summary>
    public void Set(State state, int spent)
    {
        if (_spent is not null)
        {
            _spent[state] = spent;
        }
    }

    /// <summary>The spent part, by name; empty without a limit.</summary>
    public KeyValuePair<string, string>[] Describe(State state) =>
        _spent is null ? [] : [KeyValuePair.Create(name, $"{_spent[state]} of {max}")];
}
