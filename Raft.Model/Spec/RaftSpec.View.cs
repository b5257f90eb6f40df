using ModelChecking;

namespace Raft.Model.Spec;

// States as programs read them.
public sealed partial class RaftSpec
{
    /// <summary>A state, unpacked.</summary>
    /// <param name="state">The state.</param>
    public RaftView View(State state)
    {
        var servers = new List<ServerView>();
        for (var i = 0; i < Servers; i++)
        {
            servers.Add(View(state, Durable, i, Writes[state, i] == 0 ? null : View(state, Older[0], i, null)));
        }

        var messages = new List<MessageView>();
        for (var slot = 0; Messages[state, slot] is not 0 and var m; slot++)
        {
            messages.Add(new MessageView(
                m,
                MType.Describe(MType[m]),
                MSource[m] + 1,
                MDest[m] + 1,
                MTerm[m],
                Messages.FieldsOf(m).Where(field => field.Key != MSource.Name && field.Key != MDest.Name && field.Key != MTerm.Name)
                    .ToDictionary(),
                Messages.Copies(state, slot),
                MHeld[m] > 0));
        }

        return new RaftView(servers, messages);
    }

    private ServerView View(State state, DurableVariables variables, int i, ServerView? durable)
    {
        var log = new List<(int, string)>();
        for (var index = 1; index <= variables.LogLength[state, i]; index++)
        {
            log.Add((variables.Log.TermAt(state, i, index), NameOfValue(variables.Log.ValueAt(state, i, index))));
        }

        var vote = variables.VotedFor[state, i];
        return new ServerView(
            Role.Describe(Role[state, i]),
            variables.CurrentTerm[state, i],
            vote == Nil ? null : vote + 1,
            log,
            variables.SnapshotIndex[state, i],
            CommitIndex[state, i],
            durable);
    }
}
