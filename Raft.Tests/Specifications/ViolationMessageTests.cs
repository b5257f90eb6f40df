using Raft.Impl.Core;
using Raft.Verification.Specifications;

namespace Raft.Tests.Specifications;

public sealed class ViolationMessageTests
{
    [Fact]
    public void Everything_that_the_text_names_is_a_subject_once()
    {
        var message = Take(
            $"{new ServerId(3)} and {new ServerId(1)} committed {new LogIndex(4)} in {new Term(2)}; {new ServerId(3)} says so {5} times");

        Assert.Equal("S3 and S1 committed 4 in 2; S3 says so 5 times", message.ToString());
        Assert.Equal([1, 3], message.Subjects.Servers);
        Assert.Equal([4L], message.Subjects.Indexes);
        Assert.Equal([2L], message.Subjects.Terms);
    }

    private static ViolationMessage Take(ViolationMessage message) => message;
}
