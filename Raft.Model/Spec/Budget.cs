using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>How often something may still happen. Without a limit it is no part of the state.</summary>
internal sealed class Budget(StateLayout layout, string name, int? max)
{
    private readonly Variable? _spent = max is { } limit ? layout.Variable(name, Domain.Number(limit)) : null;

    /// <summary>Whether it may happen once more.</summary>
    public bool IsLeft(State state) => _spent is null || _spent[state] < max;

    /// <summary>It happens.</summary>
    public void Spend(State state)
    {
        if (_spent is not null)
        {
            _spent[state]++;
        }
    }

    /// <summary>What was spent, by name; nothing if there is no limit.</summary>
    public KeyValuePair<string, string>[] Describe(State state) =>
        _spent is null ? [] : [KeyValuePair.Create(name, $"{_spent[state]} of {max}")];
}
