using ModelChecking;

namespace Raft.Verification.CoreGraph;

/// <summary>How much of a budget is spent. Without a limit it is not part of the state.</summary>
internal sealed class Spending(StateLayout layout, string name, int? max)
{
    private readonly Variable? _spent = max is { } limit ? layout.Variable(name, Domain.Number(limit)) : null;

    /// <summary>How much is spent; 0 without a limit.</summary>
    public int In(State state) => _spent is null ? 0 : _spent[state];

    /// <summary>Whether so much is left.</summary>
    public bool IsLeft(State state, int wanted = 1) => _spent is null || _spent[state] + wanted <= max;

    /// <summary>Spends so much.</summary>
    public void Spend(State state, int amount)
    {
        if (_spent is not null)
        {
            _spent[state] += amount;
        }
    }

    /// <summary>The spent part, by name; empty without a limit.</summary>
    public KeyValuePair<string, string>[] Describe(State state) =>
        _spent is null ? [] : [KeyValuePair.Create(name, $"{_spent[state]} of {max}")];
}
