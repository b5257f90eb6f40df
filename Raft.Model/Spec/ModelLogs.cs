namespace Raft.Model.Spec;

/// <summary>The logs of the models of one cluster. Logs with a common beginning share it.</summary>
public sealed class ModelLogs
{
    private const int _many = 64;
    private readonly List<ServerModel> _models = [];

    internal SharedLogs Shared { get; } = new();

    /// <summary>Begins the entries of a message that a server receives.</summary>
    public void BeginIncoming()
    {
        if (Shared.Count > _many)
        {
            Shared.Keep(number => _models.ForEach(model => model.Renumber(number)));
        }

        Shared.IncomingEntries.Clear();
    }

    /// <summary>Adds an entry of that message.</summary>
    public void AddIncoming(int term, int value) => Shared.IncomingEntries.Add(new(term, value));

    /// <summary>Adds the next committed entry of the cluster. Snapshots consist of these.</summary>
    public void AddCommitted(int term, int value) => Shared.CommittedEntries.Add(new(term, value));

    /// <summary>The entries of that message.</summary>
    public IReadOnlyList<(int Term, int Value)> Incoming => [.. Shared.IncomingEntries.Select(entry => (entry.Term, entry.Value))];

    /// <summary>The first committed entries of the cluster.</summary>
    public IReadOnlyList<(int Term, int Value)> FirstCommitted(int count) =>
        [.. Shared.CommittedEntries.Take(count).Select(entry => (entry.Term, entry.Value))];

    /// <summary>How many entries are committed.</summary>
    public int Committed => Shared.CommittedEntries.Count;

    /// <summary>The term of a committed entry.</summary>
    public int CommittedTerm(int index) => Shared.CommittedEntries[index - 1].Term;

    /// <summary>Forgets all logs: each model begins anew before it is used again.</summary>
    public void Clear() => Shared.Clear();

    internal void Add(ServerModel model) => _models.Add(model);
}
